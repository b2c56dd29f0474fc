package lrs

import (
	"crypto/rand"

	"github.com/google/uuid"
)

// The bounds of a page and of a document when the options name none.
const (
	pageStatements = 500
	pageBytes      = 8 << 20
	pageContents   = 16 << 20
	documentBytes  = 16 << 20
)

// New gives the service over a store.
func New(store Store, opt Options) *Service {
	if opt.NewID == nil {
		opt.NewID = newID
	}
	if len(opt.Secret) == 0 {
		opt.Secret = make([]byte, 32)
		if _, err := rand.Read(opt.Secret); err != nil {
			panic(err) // crypto/rand never fails on a supported system
		}
	}
	opt.PageStatements = orDefault(opt.PageStatements, pageStatements)
	opt.PageBytes = orDefault(opt.PageBytes, pageBytes)
	opt.PageContents = orDefault(opt.PageContents, pageContents)
	opt.DocumentBytes = orDefault(opt.DocumentBytes, documentBytes)
	if opt.HomePage == "" {
		opt.HomePage = "http://localhost"
	}
	return &Service{store: store, opt: opt}
}

func orDefault(value, def int) int {
	if value <= 0 {
		return def
	}
	return value
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
