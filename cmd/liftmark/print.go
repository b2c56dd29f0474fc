package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"
)

// printJSON prints a value as the stable JSON of --json.
func (c *cli) printJSON(v any) error {
	enc := json.NewEncoder(c.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// say prints one line for people.
func (c *cli) say(format string, args ...any) {
	fmt.Fprintf(c.out, format+"\n", args...)
}

// table prints aligned columns; write fills it with tab-separated lines.
func (c *cli) table(write func(row func(cells ...any))) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	write(func(cells ...any) {
		for i, cell := range cells {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, cell)
		}
		fmt.Fprintln(w)
	})
	return w.Flush()
}

// sortedNames lists the keys of a map in order.
func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
