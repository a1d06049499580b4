"""Who co-signs the checkpoints of this node, and how many must."""

from salus.platform.settings import Settings, setting


class NotarySettings(Settings, env_prefix="SALUS_NOTARY_"):
    """What an operator may change."""

    witnesses: tuple[str, ...] = setting(
        (), "addresses of nodes that are asked to co-sign checkpoints, as a JSON list"
    )
    checkpoint_quorum: int = setting(
        0, "signatures under a checkpoint; 0 takes 2 where there are witnesses, else 1", ge=0, le=99
    )

    def quorum(self) -> int:
        """How many nodes must sign, this one included."""
        return self.checkpoint_quorum or (2 if self.witnesses else 1)
