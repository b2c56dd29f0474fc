# Writes margin.json: standardised risks and mean marginal effects of glm on MASS's
# birthwt, as predict gives them, with gradients by differences (two steps of
# Richardson). Run in this folder: Rscript margin.R
suppressMessages({library(MASS); library(sandwich); library(jsonlite)})
f <- glm(low ~ smoke + age + lwt, binomial, birthwt, control = glm.control(epsilon = 1e-15, maxit = 100)); f <- update(f, start = coef(f))
risk <- function(b, d) plogis(drop(model.matrix(~ smoke + age + lwt, d) %*% b))
set <- function(v) transform(birthwt, smoke = v)
gradient <- function(g, b) sapply(seq_along(b), function(j) { s <- abs(b[j]) * 4e-3
  d <- function(h) (g(replace(b, j, b[j] + h)) - g(replace(b, j, b[j] - h))) / (2 * h)
  a <- c(d(s), d(s / 2), d(s / 4)); r <- c((4 * a[2] - a[1]) / 3, (4 * a[3] - a[2]) / 3); (16 * r[2] - r[1]) / 15 })
of <- function(g, v) { k <- gradient(g, coef(f)); c(g(coef(f)), sqrt(drop(t(k) %*% v %*% k))) }
with <- function(b) mean(risk(b, set(1))); without <- function(b) mean(risk(b, set(0)))
all <- function(v) list(with = of(with, v), without = of(without, v), difference = of(function(b) with(b) - without(b), v), logratio = of(function(b) log(with(b) / without(b)), v),
  age = of(function(b) { p <- risk(b, birthwt); mean(b[3] * p * (1 - p)) }, v))
writeLines(toJSON(list(data = birthwt[, c("low", "smoke", "age", "lwt")], classical = all(vcov(f)), hc0 = all(sandwich(f)), r = as.character(getRversion())),
  digits = I(15), auto_unbox = TRUE, pretty = TRUE, dataframe = "columns"), "margin.json")
