"""Work that is due: slots of the schedule, progress of long work, ringing tasks by name, the sweeper.

Owns no work itself. The database is the record of what is due; Celery messages are doorbells.
"""
