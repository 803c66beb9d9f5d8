"""A configuration for one's own recordings, and a page that says what a configuration will read."""
