"""OpenAI's API: chat completions, models and embeddings."""
