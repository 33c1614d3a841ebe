"""Every page in light and dark, wide and narrow: readable for everybody, and silent about what strangers wrote."""
