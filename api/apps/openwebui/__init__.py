"""Open WebUI's API: signing in for weeks, models, and chats as trees."""
