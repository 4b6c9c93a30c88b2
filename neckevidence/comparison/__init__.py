"""What the figures of several trials say of two treatments."""
