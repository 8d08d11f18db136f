"""The subcommands of `tradepit`, one a file; each module's `command` is what it is called by."""
