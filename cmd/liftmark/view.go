package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/server"
	"github.com/liftmark/liftmark/internal/warehouse"
)

func (c *cli) activityCommand() *cobra.Command {
	return group("activity", "See what there is to learn", c.activityListCommand())
}

// searchFlags adds --search and --limit.
func searchFlags(cmd *cobra.Command, s *warehouse.Search) *cobra.Command {
	cmd.Flags().StringVar(&s.Text, "search", "", "only those with this text in one of their names")
	cmd.Flags().StringVar(&s.After, "after", "", "only those behind this key, to go on with a long list")
	cmd.Flags().IntVar(&s.Limit, "limit", 100, "at most so many, 1 to 1000")
	return cmd
}

func checkSearch(s warehouse.Search) error {
	if s.Limit < 1 || s.Limit > 1000 {
		return usageError{fault.New(fault.Invalid, "--limit: %d; use 1 to 1000", s.Limit)}
	}
	return nil
}

func (c *cli) activityListCommand() *cobra.Command {
	var s warehouse.Search
	return searchFlags(c.onWorkspace("list", "List the activities that the facts know", cobra.NoArgs, func(ctx context.Context, w *server.Workspace, _ []string) error {
		if err := checkSearch(s); err != nil {
			return err
		}
		list, err := w.Views.Activities(ctx, s)
		if err != nil {
			return err
		}
		shown := make([]server.ActivityInfo, len(list))
		for i, a := range list {
			shown[i] = server.ActivityInfo(a)
		}
		return c.show(shown, func() error {
			return c.table(func(row func(...any)) {
				row("ACTIVITY", "NAME", "KIND", "COURSE", "LEARNERS", "RECORDS", "LAST SEEN")
				for _, a := range shown {
					row(a.ID, a.Name, a.Kind, a.Course, big(a.Learners), big(a.Rows), minute(a.LastSeen))
				}
			})
		})
	}), &s)
}

func (c *cli) actorListCommand() *cobra.Command {
	var s warehouse.Search
	return searchFlags(c.onWorkspace("list", "List the people that the facts know", cobra.NoArgs, func(ctx context.Context, w *server.Workspace, _ []string) error {
		if err := checkSearch(s); err != nil {
			return err
		}
		list, err := w.Views.Actors(ctx, s)
		if err != nil {
			return err
		}
		shown := make([]server.ActorInfo, len(list))
		for i, a := range list {
			shown[i] = server.ActorInfo(a)
		}
		return c.show(shown, func() error {
			return c.table(func(row func(...any)) {
				row("PERSON", "ALSO", "ACCOUNT", "RECORDS", "LAST SEEN")
				for _, a := range shown {
					row(a.Person, strings.Join(a.Names, " "), a.Account, big(a.Rows), minute(a.LastSeen))
				}
			})
		})
	}), &s)
}
