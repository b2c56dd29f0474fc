package xapi

// Equal tells whether two statements are the same statement.
func Equal(a, b *Statement) (same bool, difference string) { return false, "$" }
