"""What every room needs: errors, notes, numbers as text, the way from a number to its print."""
