"""The client of YooKassa's SDK, tamed.

As it comes it keeps shop and key in global variables, waits for ever, follows the environment's proxy, and fails with
AttributeError when no answer comes. Authorisation and user agent are the SDK's.
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, Final

import requests
from yookassa.client import ApiClient
from yookassa.domain.common import UserAgent

from customers.payment_ports import GatewayAway, GatewaySilent

CONNECT_S: Final = 5.0


class YooKassaClient(ApiClient):  # type: ignore[misc] # published without types
    """The SDK's client without its global settings, with a bound on each wait and with every fault told as one of ours.

    Sessions are not shared: the SDK's is not made for threads.
    """

    def __init__(self, shop: str, key: str, timeout_s: float, url: str) -> None:
        self.configuration = SimpleNamespace(verify=True)
        self.endpoint = url
        self.shop_id = shop
        self.shop_password = key
        self.auth_token = None
        self.user_agent = UserAgent()
        self._bounds = (min(CONNECT_S, timeout_s), timeout_s)

    def send(
        self,
        method: str,
        path: str,
        asked: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        key: str = "",
    ) -> tuple[int, Mapping[str, Any]]:
        """Status and answer. Raises without the exception of requests, which holds the request and so the card."""
        headers = self.prepare_request_headers({"Idempotence-Key": key} if key else {})
        try:
            with requests.Session() as session:
                session.trust_env = False
                response = session.request(
                    method,
                    self.endpoint + path,
                    params=asked,
                    headers=headers,
                    json=body,
                    timeout=self._bounds,
                    allow_redirects=False,
                )
                answer = response.json()
        except requests.ConnectTimeout:
            raise GatewayAway("YooKassa is not reached. Check the line to the internet.") from None
        except requests.ConnectionError as error:
            if _never_connected(error):
                raise GatewayAway("YooKassa is not reached. Check the line to the internet.") from None
            raise GatewaySilent("YooKassa gave no answer.") from None
        except requests.RequestException as error:  # among them an answer that is no JSON
            raise GatewaySilent(f"YooKassa gave no answer ({type(error).__name__}).") from None
        if not isinstance(answer, dict):
            raise GatewaySilent("YooKassa's answer is not understood.")
        return response.status_code, answer


def _never_connected(error: requests.ConnectionError) -> bool:
    """Whether the connection was not even made: urllib3 says so by its exception only."""
    cause = error.args[0] if error.args else None
    return type(getattr(cause, "reason", None)).__name__ in {"NewConnectionError", "NameResolutionError"}


def expected(status: int, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer of a request that was done. Raises GatewayAway when it certainly was not, GatewaySilent otherwise."""
    if status == requests.codes.ok:
        return answer
    refused = {
        requests.codes.bad_request,
        requests.codes.unauthorized,
        requests.codes.forbidden,
        requests.codes.not_found,
        requests.codes.too_many_requests,
    }
    if status in refused:
        raise GatewayAway(f"YooKassa takes no such request ({status}). Check shop and key in the settings.")
    raise GatewaySilent(f"YooKassa answered {status}.")
