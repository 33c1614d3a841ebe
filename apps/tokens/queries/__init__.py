"""What the pages of this room show: one function a page, typed rows, a constant number of queries. No writes."""
