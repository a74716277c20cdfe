"""For whoever watches the server: whether it answers and reaches its database."""

from django.db import DatabaseError, connection
from django.http import JsonResponse
from django.views.decorators.http import require_GET

from review.access import Can, without_review


@without_review(Can.PUBLIC)
@require_GET
def health(request):
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"database": "not reachable"}, status=503)
    return JsonResponse({"database": "reachable"})
