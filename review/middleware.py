"""Headers that every page of a signed-in person carries."""


class PrivatePages:
    """Keeps pages out of shared caches and off other people's screens."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.user.is_authenticated and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store, private"
        return response
