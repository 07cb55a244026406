"""Reading the chain through this server, for readers whose browser can reach no RPC of their own.

Only the questions that a verifier asks, of the policy's contract alone; the page says that it asked us.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from suyuan.core.errors import Forbidden, Malformed, Unavailable
from suyuan.core.strict_json import loads
from suyuan.web.deps import NodeDep, SmallBodyDep, as_object, takes

router = APIRouter(tags=["chain"])

_BLOCKS = frozenset({"eth_getBlockByNumber", "eth_getBlockByHash"})

_METHODS = frozenset(
    {
        "eth_chainId",
        "eth_getBlockByNumber",
        "eth_getBlockByHash",
        "eth_call",
        "eth_getTransactionReceipt",
    }
)


@router.post(
    "/chain",
    openapi_extra=takes('{"jsonrpc": "2.0", "id", "method", "params"}, at most 16 KiB'),
)
def chain(node: NodeDep, body: SmallBodyDep) -> Response:
    """One JSON-RPC 2.0 call of the few that verification needs."""
    document = as_object(loads(body))
    method, params = document.get("method"), document.get("params", [])
    if not isinstance(method, str) or method not in _METHODS:
        raise Forbidden("only {methods} are answered here", methods=", ".join(sorted(_METHODS)))
    if not isinstance(params, list):
        raise Malformed("params is a list", path="/params")
    policy = node.policy()
    if policy is None or not node.settings.rpc_urls:
        raise Unavailable("this log has no chain yet")
    if method == "eth_call" and not _calls(params, policy.contract):
        raise Forbidden("only the log's own contract is called from here")
    if method in _BLOCKS and params[1:] != [False]:
        raise Forbidden("blocks are given without their transactions")
    answer: dict[str, Any] = node.chain().raw(method, params)
    return JSONResponse({"jsonrpc": "2.0", "id": document.get("id"), **answer})


def _calls(params: list[Any], contract: str) -> bool:
    """Whether this calls the contract as it stands: no other sender, gas, or state put in its place."""
    if len(params) != 2 or not isinstance(params[0], dict) or not isinstance(params[1], str):
        return False
    return params[0].keys() == {"to", "data"} and str(params[0]["to"]).lower() == contract.lower()
