from . import workflow


class PublishDueMiddleware:
    """What was approved for a moment is public with the first request after it,
    whether or not anything else runs at that time. It costs one small query."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        workflow.publish_due()
        return self.get_response(request)
