"""What people look at: the web page of the loop, its terminal, and the client that reads the page."""
