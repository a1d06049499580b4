from salus.platform.cli import Commands

app = Commands()
