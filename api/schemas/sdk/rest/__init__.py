"""What the pages under /api/v1 tell in the later contract."""
