"""PostgreSQL as tests use it: a database that is emptied between tests, many times a minute."""
