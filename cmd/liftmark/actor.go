package main

import (
	"context"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/server"
)

func (c *cli) actorCommand() *cobra.Command {
	g := group("actor", "List, find, hand out or erase what is kept of people", c.actorListCommand(),
		c.onWorkspace("find IDENTITY…", "List every name that stands for the same person", cobra.MinimumNArgs(1), c.findActor),
		c.actorExportCommand(), c.actorEraseCommand(), c.receiptsCommand())
	g.Long = "An identity is an xAPI agent as JSON, such as '{\"mbox\":\"mailto:ann@example.com\"}',\nor a key as facts carry it: an e-mail address, a person's key, anon:ID."
	return g
}

func (c *cli) findActor(ctx context.Context, w *server.Workspace, given []string) error {
	person, err := w.Privacy.FindActor(ctx, given)
	if err != nil {
		return err
	}
	return c.show(person, func() error {
		for _, name := range slices.Concat(person.Agents, person.Keys) {
			c.say("%s", name)
		}
		return nil
	})
}

func (c *cli) actorExportCommand() *cobra.Command {
	var out string
	export := c.onWorkspace("export IDENTITY…", "Write everything that is kept of a person to a file", cobra.MinimumNArgs(1), func(ctx context.Context, w *server.Workspace, given []string) error {
		if err := toFile(out, func(f io.Writer) error { return w.Privacy.ExportActor(ctx, f, given) }); err != nil {
			return err
		}
		return c.show(map[string]string{"export": out}, func() error { c.say("What is kept of the person is in %s.", out); return nil })
	})
	export.Flags().StringVar(&out, "out", "", "file to write, .zip")
	mustHave(export, "out")
	return export
}

func (c *cli) actorEraseCommand() *cobra.Command {
	var yes bool
	erase := c.onWorkspace("erase IDENTITY…", "Erase a person: statements, documents and facts, for good", cobra.MinimumNArgs(1), func(ctx context.Context, w *server.Workspace, given []string) error {
		if !yes {
			return usageError{fault.New(fault.Invalid, "an erasure cannot be undone; say --yes if you mean it")}
		}
		receipt, err := w.Privacy.EraseActor(ctx, given)
		if err != nil {
			return err
		}
		return c.show(receipt, func() error { c.sayReceipt(receipt); return nil })
	})
	erase.Flags().BoolVar(&yes, "yes", false, "confirm that it cannot be undone")
	return erase
}

// receiptsCommand lists receipts, or shows one of them.
func (c *cli) receiptsCommand() *cobra.Command {
	return c.onWorkspace("receipts [ID]", "List the receipts of erasures, or show one", cobra.MaximumNArgs(1), func(ctx context.Context, w *server.Workspace, given []string) error {
		if len(given) == 1 {
			receipt, err := w.Privacy.Erasure(ctx, given[0])
			if err != nil {
				return err
			}
			return c.show(receipt, func() error { c.sayReceipt(receipt); return nil })
		}
		receipts, err := w.Privacy.Erasures(ctx)
		if err != nil {
			return err
		}
		return c.show(append([]server.Receipt{}, receipts...), func() error {
			return c.table(func(row func(...any)) {
				row("ID", "FINISHED", "BY", "STATEMENTS", "REWRITTEN", "DOCUMENTS", "FACTS", "OTHER")
				for _, r := range receipts {
					row(r.ID, minute(r.FinishedAt), r.By, r.Statements, r.Rewritten, r.Documents, total(r.Facts), r.Other)
				}
			})
		})
	})
}

func total(rows map[string]int) (n int) {
	for _, of := range rows {
		n += of
	}
	return n
}

func (c *cli) sayReceipt(r server.Receipt) {
	c.say("Receipt %s, finished on %s, asked for by %s.", r.ID, r.FinishedAt.UTC().Format("2 Jan 2006 15:04 MST"), r.By)
	c.say("Deleted: %s, %s, %s.", figure.Counted(r.Statements, "statement", "statements"), figure.Counted(r.Documents, "document", "documents"), figure.Counted(int(r.Other), "other thing", "other things"))
	c.say("Rewritten without the person: %s.", figure.Counted(r.Rewritten, "statement of others", "statements of others"))
	for _, fact := range sortedNames(r.Facts) {
		c.say("Kept under a pseudonym: %s of %s.", figure.Counted(r.Facts[fact], "row", "rows"), fact)
	}
	if r.Resumed > 0 {
		c.say("It was interrupted %s; counts may lack what was under way then.", figure.Counted(r.Resumed, "time", "times"))
	}
	c.say("What arrives about the person is acknowledged and not stored.")
}
