package server

import (
	"cmp"
	"encoding/base64"
	"slices"

	"github.com/liftmark/liftmark/internal/fault"
)

// Paged asks for a page of a list.
type Paged struct {
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"At most so many items"`
	After string `query:"after" doc:"The page before's next; without it the first page is given"`
}

// Page is a part of a list.
type Page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Give it as after for the next page; it is missing on the last one"`
}

// pageOf cuts the page that is asked for out of a list. Items are in the order of
// their keys, so that a page goes on in the right place when items came or went.
func pageOf[T any, K cmp.Ordered](all []T, in Paged, key func(T) K, write func(K) string, read func(string) (K, error)) (Page[T], error) {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	if in.After != "" {
		raw, err := base64.RawURLEncoding.DecodeString(in.After)
		if err != nil {
			return Page[T]{}, badCursor()
		}
		last, err := read(string(raw))
		if err != nil {
			return Page[T]{}, badCursor()
		}
		all = slices.DeleteFunc(all, func(item T) bool { return key(item) <= last })
	}
	page := Page[T]{Items: all[:min(len(all), in.Limit)]}
	if len(all) > in.Limit {
		page.Next = CursorOf(write(key(all[in.Limit-1])))
	}
	if page.Items == nil {
		page.Items = []T{}
	}
	return page, nil
}

// pageByText is pageOf for keys that are texts.
func pageByText[T any](all []T, in Paged, key func(T) string) (Page[T], error) {
	same := func(s string) string { return s }
	return pageOf(all, in, key, same, func(s string) (string, error) { return s, nil })
}

// CursorOf gives the next of a page whose last item has this key, for those who
// keep their place by keys.
func CursorOf(key string) string { return base64.RawURLEncoding.EncodeToString([]byte(key)) }

func badCursor() error {
	return fault.New(fault.Invalid, "after is not the next of a page; leave it out to begin at the first one")
}
