# Writes reference.json: lm and glm with sandwich on 40 made rows.
# Run in this folder: Rscript reference.R
suppressMessages({library(sandwich); library(jsonlite)})
set.seed(20240517)
n <- 40
x1 <- round(rnorm(n), 3); x2 <- round(runif(n, 0, 1000), 1); g <- rep(1:8, length.out = n)
w <- round(runif(n, 0.2, 3), 2); w[c(5, 17)] <- 0
y <- round(2 + 0.7 * x1 - 0.003 * x2 + rnorm(n) * (1 + abs(x1)), 3)
b <- as.integer(runif(n) < plogis(0.3 + 0.9 * x1 - 0.001 * x2))
se <- function(v) unname(sqrt(diag(v)))
robust <- function(f, g) list(
  hc = sapply(c("HC0", "HC1", "HC2", "HC3"), function(t) se(vcovHC(f, t)), simplify = FALSE),
  cr0 = se(vcovCL(f, cluster = g, type = "HC0", cadjust = FALSE)), cr1 = se(vcovCL(f, cluster = g, type = "HC1", cadjust = TRUE)))
exact <- glm.control(epsilon = 1e-15, maxit = 100)
k <- w > 0   # lm keeps rows of weight 0 in n; ours leaves them out, so R gets the same rows
ols <- lm(y ~ x1 + x2); wls <- lm(y ~ x1 + x2, weights = w, subset = k)
# glm keeps the working weights of the iteration before its last: starting again at the maximum makes them those of the maximum
logit <- glm(b ~ x1 + x2, family = binomial, control = exact); logit <- update(logit, start = coef(logit))
suppressWarnings({wlogit <- glm(b ~ x1 + x2, family = binomial, weights = w, subset = k, control = exact); wlogit <- update(wlogit, start = coef(wlogit))})
fit <- function(f, g) c(list(coef = unname(coef(f)), classical = se(vcov(f)), loglik = as.numeric(logLik(f)), rss = if (inherits(f, "glm")) NA else deviance(f)), robust(f, g))
writeLines(toJSON(list(x1 = x1, x2 = x2, cluster = g, weight = w, y = y, binary = b,
  ols = fit(ols, g), wls = fit(wls, g[k]), logit = fit(logit, g), wlogit = fit(wlogit, g[k]),
  r = as.character(getRversion()), sandwich = as.character(packageVersion("sandwich"))),
  digits = I(15), auto_unbox = TRUE, pretty = TRUE, na = "null"), "reference.json")
