"""What varies, in words."""
