"""The command `orders`: one file for each group of commands, everything heavy imported late."""
