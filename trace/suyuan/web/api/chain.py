"""Reading the chain through this server, for readers whose browser can reach no RPC of their own.

Only the questions that a verifier asks, of the policy's contract alone; the page says that it asked us.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from suyuan.core.errors import Forbidden, Malformed, Unavailable
from suyuan.web.deps import NodeDep, ObjectDep

router = APIRouter(tags=["chain"])

_METHODS = frozenset(
    {
        "eth_chainId",
        "eth_getBlockByNumber",
        "eth_getBlockByHash",
        "eth_call",
        "eth_getTransactionReceipt",
        "eth_getLogs",
    }
)


@router.post("/chain", response_class=Response)
def chain(node: NodeDep, document: ObjectDep) -> Response:
    """One JSON-RPC 2.0 call of the few that verification needs."""
    method, params = document.get("method"), document.get("params", [])
    if method not in _METHODS:
        raise Forbidden("only {methods} are answered here", methods=", ".join(sorted(_METHODS)))
    if not isinstance(params, list):
        raise Malformed("params is a list", path="/params")
    policy = node.policy()
    if policy is None or not node.settings.rpc_urls:
        raise Unavailable("this log has no chain yet")
    if method == "eth_call" and not _asks(params, "to", policy.contract):
        raise Forbidden("only the log's own contract is called from here")
    if method == "eth_getLogs" and not _asks(params, "address", policy.contract):
        raise Forbidden("only the log's own contract is looked at from here")
    answer: dict[str, Any] = node.chain().raw(str(method), params)
    return JSONResponse({"jsonrpc": "2.0", "id": document.get("id"), **answer})


def _asks(params: list[Any], member: str, contract: str) -> bool:
    if not params or not isinstance(params[0], dict):
        return False
    return str(params[0].get(member, "")).lower() == contract.lower()
