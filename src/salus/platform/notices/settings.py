"""How notices leave the node."""

from salus.platform.settings import Settings, setting


class NoticesSettings(Settings, env_prefix="SALUS_NOTICES_"):
    """What an operator may change."""

    smtp_host: str = setting("", "mail server that takes notices; empty sends no mail")
    smtp_port: int = setting(587, "its port", ge=1, le=65_535)
    smtp_tls: str = setting("starttls", "`starttls`, `tls` from the first byte, or `none`")
    smtp_user: str = setting("", "name at the mail server; empty asks for none")
    smtp_password: str = setting("", "password at the mail server")
    sender: str = setting("salus@localhost", "address that notices come from")
    portal: str = setting("https://localhost", "address of the portal, for the links in notices")
    webhook_inside: bool = setting(
        default=False, description="let webhooks go to this machine and inside networks as well"
    )
