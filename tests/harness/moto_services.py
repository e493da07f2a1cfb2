"""moto plays only the services that we use.

It knows two hundred, makes all of them ready at the start of each test, and looks each call up among them.
"""

from __future__ import annotations

from moto import backend_index

OURS = {
    *("apigateway", "apigatewaymanagementapi", "awslambda", "cloudformation", "cloudwatch", "dynamodb", "events"),
    *("iam", "logs", "moto_api", "s3", "secretsmanager", "sns", "sqs", "sts"),
}


def play_ours_only() -> None:
    """For the rest of this process."""
    backend_index.backend_url_patterns[:] = [one for one in backend_index.backend_url_patterns if one[0] in OURS]
