"""The WSGI callable that gunicorn serves: `gunicorn ... api.apps:app`."""

from api.http.application import create_app

app = create_app()
