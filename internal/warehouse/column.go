package warehouse

// Column is a column of a table that is not a fact. Type is the engine's, such
// as DOUBLE; empty stands for text.
type Column struct{ Name, Type string }
