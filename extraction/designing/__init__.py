"""The pages on which a lead designs a form, and the files a form goes out and comes in as."""
