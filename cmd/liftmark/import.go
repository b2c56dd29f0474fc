package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/server"
)

func (c *cli) importCommand() *cobra.Command {
	var mapping string
	var dryRun, suggest bool
	cmd := &cobra.Command{
		Use:   "import PATH…",
		Short: "Import files or folders, all of it or nothing",
		Long: "Import reads CSV, TSV, JSON Lines, Parquet and XLSX files, plain or compressed with\n" +
			"gzip or zstd. Canonical files (accounts.csv, people.csv, learning.csv, …) need no\n" +
			"mapping. Rows that cannot be taken are written to a rejects file that names row,\n" +
			"column, value and remedy. The same file again changes nothing.",
		Example: "  liftmark import exports/ --dry-run\n  liftmark import crm.csv --suggest >crm.yaml\n  liftmark import crm.csv --mapping crm.yaml",
		Args:    args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, paths []string) error {
			if suggest {
				return c.suggestMapping(cmd, paths)
			}
			request, err := importRequest(paths, mapping, dryRun)
			if err != nil {
				return err
			}
			bar := c.progress()
			return c.withTarget(cmd.Context(), dryRun, app.Hearing{Importing: bar.importing}, func(w *server.Workspace) error {
				report, err := w.Imports.Import(cmd.Context(), request)
				bar.finish()
				return c.sayImport(report, err)
			})
		},
	}
	cmd.Flags().StringVar(&mapping, "mapping", "", "YAML file that says what foreign files mean")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "report what would happen, store nothing")
	cmd.Flags().BoolVar(&suggest, "suggest", false, "print a first mapping for the files, import nothing")
	cmd.AddCommand(c.importListCommand(), c.importRollbackCommand())
	return c.workspaceFlags(cmd)
}

func (c *cli) suggestMapping(cmd *cobra.Command, paths []string) error {
	request, err := importRequest(paths, "", true)
	if err != nil {
		return err
	}
	return c.withTarget(cmd.Context(), true, app.Hearing{}, func(w *server.Workspace) error {
		mapping, err := w.Imports.Suggest(cmd.Context(), request.Paths)
		if err != nil {
			return err
		}
		if c.asJSON {
			return c.printJSON(map[string]string{"mapping": mapping})
		}
		c.say("%s", strings.TrimRight(mapping, "\n"))
		return nil
	})
}

// withTarget opens the workspace to import into; a trial creates none.
func (c *cli) withTarget(ctx context.Context, trial bool, hear app.Hearing, do func(*server.Workspace) error) error {
	open := app.Open
	if trial {
		open = app.OpenTrial
	}
	return c.with(ctx, open, hear, do)
}

// importRequest asks for files by their absolute paths, which mean the same to a
// server in another directory.
func importRequest(paths []string, mapping string, dryRun bool) (server.ImportRequest, error) {
	r := server.ImportRequest{DryRun: dryRun, Paths: make([]string, len(paths))}
	for i, path := range paths {
		var err error
		if r.Paths[i], err = filepath.Abs(path); err != nil {
			return r, err
		}
	}
	if mapping == "" {
		return r, nil
	}
	text, err := os.ReadFile(mapping)
	if err != nil {
		return r, fault.New(fault.NotFound, "read the mapping: %w", err)
	}
	r.MappingText = string(text)
	r.Mapping, err = file.ParseMapping(mapping, text)
	return r, err
}

// importing shows the progress of an import: each file where a bar can be
// redrawn, each kind of work where lines would pile up.
func (p *progress) importing(step file.Progress) {
	unit := "rows"
	if step.Step == "read" {
		unit = "bytes"
	}
	label := step.Step + " the files"
	if p.terminal && step.File != "" {
		label = step.Step + " " + filepath.Base(step.File)
	}
	p.update(label, step.Done, step.Total, unit)
}

// sayImport prints a report, which says more than the error that may come with it.
func (c *cli) sayImport(r file.Report, failed error) error {
	if c.asJSON {
		if err := c.printJSON(r); err != nil {
			return err
		}
		return failed
	}
	if len(r.Files) > 0 {
		err := c.table(func(row func(...any)) {
			row("FILE", "FACT", "READ", "ADDED", "REPLACED", "UNCHANGED", "DUPLICATE", "REJECTED")
			for _, f := range r.Files {
				n := f.Rows
				row(f.File, f.Fact, big(n.Read), big(n.Added), big(n.Replaced), big(n.Unchanged), big(n.Duplicate), big(n.Rejected))
			}
		})
		if err != nil {
			return err
		}
	}
	c.sayTroubles(r)
	if failed != nil {
		return failed
	}
	c.say("%s", importSummary(r))
	return nil
}

func (c *cli) sayTroubles(r file.Report) {
	for _, f := range r.Files {
		for _, reject := range f.Rejects {
			c.say("Rejected: %s of %s%s: %s. %s", rows(reject.Count), f.File, inColumn(reject.Column), reject.Code, figure.Sentence(reject.Remedy))
			for _, e := range reject.Examples {
				c.say("  row %d: %q", e.Row, e.Value)
			}
		}
	}
	for _, w := range r.Warnings {
		c.say("Note: %s", figure.Sentence(w.Message))
	}
	for _, f := range r.Ignored {
		c.say("Left alone: %s: %s", f.File, f.Reason)
	}
	for _, q := range r.Questions {
		c.say("Question: %s For example %s.\n  Answer it in the mapping with one of:", q.Question, figure.List(q.Examples))
		for _, a := range q.Answers {
			c.say("    %s", a)
		}
	}
}

func inColumn(name string) string {
	if name == "" {
		return ""
	}
	return ", column " + name
}

func importSummary(r file.Report) string {
	switch {
	case r.DryRun:
		return "Dry run: " + rows(r.Rows.Added) + " would be added, " + big(r.Rows.Replaced) + " replaced, " + big(r.Rows.Rejected) + " rejected. Nothing was stored." + rejectsNote(r)
	case r.Batch == 0 && r.Rows.Added > 0: // statements belong to no batch
		return rows(r.Rows.Added) + " added, " + big(r.Rows.Unchanged) + " there already, " + big(r.Rows.Rejected) + " rejected, in " + figure.Number(r.Seconds, 1) + " s." + rejectsNote(r)
	case r.Batch == 0:
		return nothingNew(r) + rejectsNote(r)
	}
	return "Batch " + strconv.Itoa(r.Batch) + ": " + rows(r.Rows.Added) + " added, " + big(r.Rows.Replaced) + " replaced, " +
		big(r.Rows.Rejected) + " rejected, in " + figure.Number(r.Seconds, 1) + " s." + rejectsNote(r)
}

func nothingNew(r file.Report) string {
	if r.Rows.Rejected > 0 {
		return "Nothing new: " + rows(r.Rows.Rejected) + " rejected, and no other row was new."
	}
	return "Nothing new: every row was there already."
}

func rejectsNote(r file.Report) string {
	if r.RejectsPath == "" {
		return ""
	}
	return "\nThe rejected rows are in " + r.RejectsPath + "."
}

func rows(n int64) string { return figure.Counted(int(n), "row", "rows") }

func big(n int64) string { return figure.Number(float64(n), 0) }

func (c *cli) importListCommand() *cobra.Command {
	return c.workspaceFlags(&cobra.Command{
		Use: "list", Short: "List what was imported", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withExisting(cmd.Context(), app.Hearing{}, func(w *server.Workspace) error {
				batches, err := w.Imports.Batches(cmd.Context())
				if err != nil {
					return err
				}
				if c.asJSON {
					return c.printJSON(batches)
				}
				return c.table(func(row func(...any)) {
					row("BATCH", "IMPORTED", "FILES", "ADDED", "REJECTED", "STATE", "SOURCE")
					for _, b := range batches {
						row(b.Batch, b.ImportedAt.Format("2006-01-02 15:04"), len(b.Files), big(sumRows(b, func(n file.Counts) int64 { return n.Added })),
							big(sumRows(b, func(n file.Counts) int64 { return n.Rejected })), batchState(b), b.Source)
					}
				})
			})
		},
	})
}

func sumRows(b file.Batch, of func(file.Counts) int64) (total int64) {
	for _, f := range b.Files {
		total += of(f.Rows)
	}
	return total
}

func batchState(b file.Batch) string {
	if b.RolledBackAt != nil {
		return "rolled back " + b.RolledBackAt.Format(time.DateOnly)
	}
	return "in force"
}

func (c *cli) importRollbackCommand() *cobra.Command {
	return c.workspaceFlags(&cobra.Command{
		Use: "rollback BATCH", Short: "Take an import back", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, which []string) error {
			batch, err := strconv.Atoi(which[0])
			if err != nil {
				return usageError{fault.New(fault.Invalid, "%q is not the number of a batch; see 'liftmark import list'", which[0])}
			}
			return c.withExisting(cmd.Context(), app.Hearing{}, func(w *server.Workspace) error {
				report, err := w.Imports.Rollback(cmd.Context(), batch)
				if err != nil {
					return err
				}
				if c.asJSON {
					return c.printJSON(report)
				}
				c.say("Batch %d is taken back: %s removed, %s restored.", report.Batch, rows(report.Removed), figure.Counted(int(report.Restored), "earlier version", "earlier versions"))
				return nil
			})
		},
	})
}
