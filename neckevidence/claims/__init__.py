"""The claims of a question, each with its verdict."""
