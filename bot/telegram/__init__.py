"""The edge to Telegram: what comes in, what goes out, and nothing else of the application."""
