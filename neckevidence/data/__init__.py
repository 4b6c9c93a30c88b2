"""How evidence comes in: files of a folder, their rules, and the tables that they give."""
