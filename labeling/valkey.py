"""The store that the broker is, for what processes share and nobody keeps."""

import redis
from django.conf import settings

store = redis.Redis.from_url(settings.BROKER_URL)
