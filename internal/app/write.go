package app

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/report"
)

// CheckReportName refuses a path whose ending is no form of the impact report.
func CheckReportName(path string) error {
	if slices.Contains([]string{".html", ".json", ".md"}, filepath.Ext(path)) {
		return nil
	}
	return fault.New(fault.Invalid, "cannot write %s: name a file that ends in .html, .json or .md", path)
}

// WriteReport writes an impact report; the path's ending chooses the form:
// .html, .json or .md. An existing file is replaced when the new one is whole.
//
// Errors: fault.Invalid for another ending.
func WriteReport(path string, impact report.Impact) error {
	if err := CheckReportName(path); err != nil {
		return err
	}
	var text bytes.Buffer
	var err error
	switch filepath.Ext(path) {
	case ".html":
		err = report.HTML(&text, impact)
	case ".json":
		err = report.JSON(&text, impact)
	case ".md":
		err = report.Markdown(&text, impact)
	}
	if err != nil {
		return err
	}
	part := path + ".part"
	if err := os.WriteFile(part, text.Bytes(), 0o600); err != nil {
		return fault.New(fault.Unavailable, "cannot write the report: %w", err)
	}
	return os.Rename(part, path)
}
