"""Pages. Each view: who may -> what was asked -> a query or a use case -> the page or its part."""
