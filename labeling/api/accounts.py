"""Signing in and out, passwords, tokens, users."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, login, logout, password_validation, update_session_auth_hash
from django.core.exceptions import ValidationError as PasswordRefused
from django.middleware.csrf import get_token
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.api.auth import SessionAuthentication, WrongPasswords
from labeling.api.pages import CursorPage, paged
from labeling.api.request import Request
from labeling.models import Membership, Role, Token, User, UserSettings
from labeling.services import accounts as services


class Credentials(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)


class SessionUser(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField()
    is_admin = serializers.BooleanField(source="is_staff")


# What a key can be given to, screen by screen (`frontend/src/tools/keys.ts`).
ACTIONS = [
    "palette", "skip", "comment", "undo", "redo", "next", "previous", "mine", "adjust", "larger", "smaller", "fit", "timer",
    "instructions", "help",
    "accept", "repeat", "evidence",
    "boxes_accept_all", "boxes_submit", "boxes_accept", "boxes_reject", "boxes_next", "boxes_previous", "boxes_select",
    "boxes_draw", "boxes_extremes", "boxes_snap", "boxes_pan", "boxes_new", "boxes_duplicate", "boxes_repeat", "boxes_hide",
    "boxes_lock", "boxes_delete", "boxes_names",
    "mattes_accept_all", "mattes_submit", "mattes_accept", "mattes_subtract", "mattes_reject", "mattes_brush",
    "mattes_erase", "mattes_lasso", "mattes_segment", "mattes_unknown", "mattes_foreground", "mattes_background",
    "mattes_pan", "mattes_thinner", "mattes_thicker", "mattes_softer", "mattes_harder", "mattes_copy",
    "mattes_copy_trimap", "mattes_band", "mattes_widen", "mattes_solve", "mattes_solve_seen", "mattes_feather",
    "mattes_grow", "mattes_shrink", "mattes_smooth", "mattes_invert", "mattes_fill", "mattes_levels",
    "mattes_overlay", "mattes_grey", "mattes_cutout", "mattes_trimap", "mattes_split",
    "review_accept", "review_send_back", "review_next_label", "review_previous_label", "review_next", "review_previous",
    "review_evidence", "review_comment", "review_undo", "review_select", "review_draw", "review_delete_box", "review_brush",
    "review_erase", "review_pan", "review_thinner", "review_thicker", "review_view", "review_help",
    "suspects_keep", "suspects_relabel", "suspects_help",
    "images_delete", "images_help",
]  # fmt: skip
KEY = r"(ctrl\+)?(shift\+)?(\S|[a-z][a-z0-9]{1,19})"  # `s`, `?`, `ctrl+shift+z`, `arrowleft`


class KeysField(serializers.DictField):
    child = serializers.RegexField(rf"\A{KEY}\Z")

    def to_internal_value(self, data: Any) -> Any:
        keys = super().to_internal_value(data)
        if unknown := sorted(keys.keys() - set(ACTIONS)):
            raise serializers.ValidationError(f"There is no action {unknown[0][:40]}.")
        return keys


class ScreenSettings(serializers.Serializer[Any]):
    """How somebody has set their screens. What is left out is as it comes."""

    keys = KeysField(required=False, help_text="Keys of one's own: the action and its key.")
    timer = serializers.BooleanField(required=False, help_text="Whether time and pace are shown.")


class SessionRow(serializers.Serializer[Any]):
    user = SessionUser(allow_null=True)
    settings = ScreenSettings()
    version = serializers.CharField()
    source = serializers.CharField(  # type: ignore[assignment]
        help_text="Where this program's source is (AGPL-3.0-or-later)."
    )


def _session(request: Request) -> dict[str, Any]:
    user = request._request.user
    own = UserSettings.objects.filter(user=user).first() if isinstance(user, User) else None
    return {
        "user": SessionUser(user).data if user.is_authenticated else None,
        "settings": own.settings if own else {},
        "version": settings.VERSION,
        "source": settings.SOURCE_URL,
    }


def _checked(credentials: Any, request: Request) -> User:
    """The user behind a name and a password. Raises AuthenticationFailed."""
    row = Credentials(data=credentials)
    row.is_valid(raise_exception=True)
    user = _authenticated(request, **row.validated_data)
    if user is None:
        raise exceptions.AuthenticationFailed("The name or the password is wrong.")
    return user


def _authenticated(request: Request, username: str, password: str) -> User | None:
    """None for a wrong password. Wrong ones are counted, by name and by address, until Throttled is raised."""
    guesses = WrongPasswords()
    guesses.refuse(request)
    user = authenticate(request._request, username=username, password=password)
    if user is None:
        guesses.count()
        if getattr(request._request, "axes_locked_out", False):
            raise exceptions.Throttled(wait=900, detail="Too many wrong passwords.")
    assert user is None or isinstance(user, User)
    return user


@method_decorator(csrf_protect, name="dispatch")
class Session(APIView):
    authentication_classes = [SessionAuthentication]
    permission_classes = [AllowAny]

    @extend_schema(responses=SessionRow)
    def get(self, request: Request) -> Response:
        """Who is signed in. Sets the CSRF cookie that every change by session needs back in X-CSRFToken."""
        get_token(request._request)
        return Response(_session(request))

    @extend_schema(request=Credentials, responses=SessionRow)
    def post(self, request: Request) -> Response:
        login(request._request, _checked(request.data, request))
        return Response(_session(request))

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        logout(request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Settings(APIView):
    authentication_classes = [SessionAuthentication]

    @extend_schema(request=ScreenSettings, responses=ScreenSettings)
    def put(self, request: Request) -> Response:
        """Keep how I have set my screens, in place of what was kept. They come back with the session."""
        row = ScreenSettings(data=request.data)
        row.is_valid(raise_exception=True)
        UserSettings.objects.update_or_create(user=request.user, defaults={"settings": row.validated_data})
        return Response(row.validated_data)


class PasswordInput(serializers.Serializer[Any]):
    current = serializers.CharField(max_length=1000, trim_whitespace=False)
    new = serializers.CharField(max_length=1000, trim_whitespace=False)


class Password(APIView):
    authentication_classes = [SessionAuthentication]

    @extend_schema(request=PasswordInput, responses={204: None})
    def post(self, request: Request) -> Response:
        """Change my password. Other sessions end; this one goes on; tokens stay."""
        row = PasswordInput(data=request.data)
        row.is_valid(raise_exception=True)
        # A session that was left open is no leave to guess: this counts like signing in.
        user = _authenticated(request, request.user.username, row.validated_data["current"])
        if user is None:
            raise exceptions.ValidationError({"current": ["This is not your current password."]})
        _set_password(user, row.validated_data["new"], "new")
        update_session_auth_hash(request._request, user)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _set_password(user: User, password: str, field: str) -> None:
    try:
        password_validation.validate_password(password, user)
    except PasswordRefused as error:
        raise exceptions.ValidationError({field: error.messages}) from error
    user.set_password(password)
    user.save()


class TokenGiven(serializers.Serializer[Any]):
    token = serializers.CharField()
    expires = serializers.DateTimeField()


class TokenByPassword(APIView):
    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    def get_authenticate_header(self, request: Request) -> str:  # type: ignore[override]
        return 'Bearer realm="frameloop"'  # or DRF makes a wrong password a 403, nobody being asked who is calling

    @extend_schema(request=Credentials, responses=TokenGiven)
    def post(self, request: Request) -> Response:
        """A token for a name and a password, valid for 30 days."""
        user = _checked(request.data, request)
        token, value = services.token_create(user=user, name="password sign-in", days=30)
        return Response({"token": value, "expires": token.expires})


class TokenRow(serializers.ModelSerializer[Token]):
    days = serializers.IntegerField(min_value=1, max_value=365, default=90, write_only=True)
    token = serializers.CharField(
        read_only=True, required=False, help_text="Only in the answer that makes it."
    )

    class Meta:
        model = Token
        fields = ["id", "name", "scope", "days", "token", "created", "expires", "last_used"]
        read_only_fields = ["created", "expires", "last_used"]


class Tokens(APIView):
    # By session alone: a leaked token must not be able to make itself a successor.
    authentication_classes = [SessionAuthentication]

    @extend_schema(responses=paged(TokenRow))
    def get(self, request: Request) -> Response:
        pages = CursorPage()
        page = pages.paginate_queryset(Token.objects.filter(user=request.user), request, self)
        return pages.get_paginated_response(TokenRow(page, many=True).data)

    @extend_schema(request=TokenRow, responses={201: TokenRow})
    def post(self, request: Request) -> Response:
        row = TokenRow(data=request.data)
        row.is_valid(raise_exception=True)
        token, value = services.token_create(user=request.user, **row.validated_data)
        return Response({**TokenRow(token).data, "token": value}, status=status.HTTP_201_CREATED)


class TokenDetail(APIView):
    authentication_classes = [SessionAuthentication]

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        if not Token.objects.filter(pk=pk, user=request.user).delete()[0]:
            raise exceptions.NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)


class UserListRow(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "username"]


class UserInput(serializers.ModelSerializer[User]):
    password = serializers.CharField(max_length=1000, trim_whitespace=False, write_only=True)
    email = serializers.EmailField(required=False, allow_blank=True)

    class Meta:
        model = User
        fields = ["username", "password", "email"]


class Users(APIView):
    @extend_schema(responses=paged(UserListRow), parameters=[OpenApiParameter("q", str)])
    def get(self, request: Request) -> Response:
        """People to add to a project, by the beginning of their name (`?q=`). For managers and site admins."""
        managing = Membership.objects.filter(user=request.user, role=Role.MANAGER)
        if not request.user.is_staff and not managing.exists():
            raise exceptions.PermissionDenied("This is for managers.")
        people = User.objects.filter(
            is_active=True, username__istartswith=request.query_params.get("q", "")[:150]
        )
        pages = CursorPage()
        return pages.get_paginated_response(
            UserListRow(pages.paginate_queryset(people, request, self), many=True).data
        )

    @extend_schema(request=UserInput, responses={201: UserListRow})
    def post(self, request: Request) -> Response:
        """Make a user. Site admins only: there is no open sign-up."""
        if not request.user.is_staff:
            raise exceptions.PermissionDenied("Only site admins make users.")
        row = UserInput(data=request.data)
        row.is_valid(raise_exception=True)
        user = User(username=row.validated_data["username"], email=row.validated_data.get("email", ""))
        _set_password(user, row.validated_data["password"], "password")
        return Response(UserListRow(user).data, status=status.HTTP_201_CREATED)
