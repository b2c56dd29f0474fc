package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/docs/method"
	"github.com/liftmark/liftmark/internal/fault"
)

func (c *cli) methodCommand() *cobra.Command {
	return c.jsonFlag(&cobra.Command{
		Use: "method [NAME]", Short: "Explain a statistical method or check in plain words; list them all without a name", Args: args(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, names []string) error {
			if len(names) == 0 {
				return c.listMethods()
			}
			return c.explainMethod(names[0])
		},
	})
}

func (c *cli) listMethods() error {
	pages := method.Pages()
	if c.asJSON {
		for i := range pages {
			pages[i].Text = ""
		}
		return c.printJSON(pages)
	}
	return c.table(func(row func(...any)) {
		row("NAME", "TITLE", "QUESTION")
		for _, p := range pages {
			row(p.Slug, p.Title, p.Question)
		}
	})
}

func (c *cli) explainMethod(name string) error {
	page, ok := method.Find(strings.TrimSuffix(name, ".md"))
	if !ok {
		return fault.New(fault.NotFound, "no method is called %q; `liftmark method` lists them", name)
	}
	if c.asJSON {
		return c.printJSON(page)
	}
	c.say("%s", strings.TrimRight(page.Text, "\n"))
	return nil
}
