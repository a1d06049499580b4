"""What a signed receipt proves against its signer."""
