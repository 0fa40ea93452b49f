"""What OAuth is for here: word of sign-outs, and that there is no sign-in for programs."""
