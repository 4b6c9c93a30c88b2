"""What a result shows of itself."""
