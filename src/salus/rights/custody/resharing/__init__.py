"""Keys of a record that go to other holders, without anybody joining them on the way."""
