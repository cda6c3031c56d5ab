"""What starts runs when something happened."""
