"""A forgotten password: a manager makes a link, its person chooses a new one."""

from __future__ import annotations

from typing import Any

from axes.utils import reset as forget_wrong_passwords
from django.core.exceptions import ValidationError as PasswordRefused
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.api.auth import SessionAuthentication, WrongPasswords
from labeling.api.request import Request
from labeling.services import resets as services

ENDED = "This link was used already, or has run out: ask for a new one."


class LinkGiven(serializers.Serializer[Any]):
    secret = serializers.CharField(help_text="Only in this answer. The page's address is /reset#secret.")
    expires = serializers.DateTimeField()


class ResetLink(APIView):
    # By session alone: a leaked token must not open anybody's account.
    authentication_classes = [SessionAuthentication]

    @extend_schema(request=None, responses={201: LinkGiven})
    def post(self, request: Request, pk: int) -> Response:
        """A link by which a person chooses a new password, once and within 24 hours. For site admins; for managers,
        where the person can do nothing that they cannot do."""
        reset, secret = services.reset_link_create(user_id=pk, by=request.user)
        return Response({"secret": secret, "expires": reset.expires}, status=status.HTTP_201_CREATED)


class ResetInput(serializers.Serializer[Any]):
    secret = serializers.CharField(max_length=200)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)


class ResetDone(serializers.Serializer[Any]):
    username = serializers.CharField()


class Reset(APIView):
    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    @extend_schema(request=ResetInput, responses=ResetDone)
    def post(self, request: Request) -> Response:
        """Choose a new password with the secret of a link. All sessions and tokens of before end."""
        guesses = WrongPasswords()
        guesses.refuse(request)
        row = ResetInput(data=request.data)
        row.is_valid(raise_exception=True)
        try:
            user = services.password_reset(**row.validated_data)
        except services.LinkEnded as error:
            guesses.count()
            raise exceptions.ValidationError({"secret": [ENDED]}) from error
        except PasswordRefused as error:
            raise exceptions.ValidationError({"password": error.messages}) from error
        forget_wrong_passwords(username=user.username)
        return Response({"username": user.username})
