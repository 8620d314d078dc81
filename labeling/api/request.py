"""The request as views see it: behind `IsAuthenticated`, its user is one of ours."""

from rest_framework import request

from labeling.models import User


class Request(request.Request):
    user: User
