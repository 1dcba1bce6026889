// Command rackvakt-collector is the regional side.
package main

func main() {}
