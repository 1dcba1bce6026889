// Command rackvakt is the monitor that stands in the closet.
package main

func main() {}
