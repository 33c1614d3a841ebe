"""What ends when: the calendar and the lists of one organization or of all, and the feeds that calendars read."""
