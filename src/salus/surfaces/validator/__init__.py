"""The bridge of a validator: CometBFT decides, an Ethereum execution client executes."""
