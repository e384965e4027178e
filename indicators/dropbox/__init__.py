"""The SFTP drop box: keys, what a session sees and sends, and the server."""
