"""What a call needs: actions as IAM names them, on resources, with the keys of conditions.

The emulator derives one action and one resource from most requests. Where that is not what AWS
asks for, the modules here say it; the facts are those of the service authorization reference.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from scripts.local_aws.identity.needs.need import Need, Request
from scripts.local_aws.identity.needs.of_call import request_of_call
from scripts.local_aws.identity.needs.of_request import needs_of, request_of

__all__ = ["Need", "Request", "needs_of", "request_of", "request_of_call"]
