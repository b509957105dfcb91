"""What can be known about lyrics without asking anyone: pure functions over text."""
